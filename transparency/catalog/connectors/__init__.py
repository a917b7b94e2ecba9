"""Reading one kind of catalog source each."""
