"""A contract version as one tree of plain values: how it is copied, compared, merged, and what a change leads to."""
