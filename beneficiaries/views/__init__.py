"""Pages of the school coordinator: this week, the class sheet of a session, participants."""
