"""The subcommands of ``rag`` that work on a library: one module each."""
