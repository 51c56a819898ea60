"""Ask your documents; get their own words back. The public names; importing loads no model."""
