"""What pipelines must obey: who is to be left out, worked out from the choices of members."""
