"""What people see and press in Slack."""
