"""What a conversation costs: prices, tallies, budgets.  Nothing here knows a screen."""
