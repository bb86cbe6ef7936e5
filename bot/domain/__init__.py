"""What is true of a rollout and what is allowed with it; standard library only."""
