"""Gold sets, metrics, runs, reports."""
