"""Real mail servers beside the real daemon: what is set up, and what then must hold."""
