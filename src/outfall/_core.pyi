"""The seam to the Rust core."""
