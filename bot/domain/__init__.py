"""The rules of rollouts: what is true and what is allowed; standard library only."""
