"""What people see: pictures put before readers who do not know which is which."""
