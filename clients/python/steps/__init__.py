"""The steps of the tour, by topic. A step is a function that raises when something is not as expected."""
