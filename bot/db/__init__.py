"""What we remember: aliases, requests and the deliveries already taken."""
