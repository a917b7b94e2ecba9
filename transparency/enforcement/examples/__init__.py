"""How pipelines use lists with the engines that they have; each of these runs as it stands, and in the tests."""
