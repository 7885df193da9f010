"""Files that official systems load, made from what the portal holds: entered once, checked before they are written."""
