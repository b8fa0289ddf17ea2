"""What runs against a target: one module an area, one function a requirement."""
