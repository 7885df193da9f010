"""What the API takes and says about money: costs and amendments, budgets and claims."""
