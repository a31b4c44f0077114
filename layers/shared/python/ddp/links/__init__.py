"""What goes into links for people who have no account: signed, and good for one purpose."""
