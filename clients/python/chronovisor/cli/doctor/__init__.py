"""What is wrong with a set-up: checks of the control plane, its fleet and this machine, for `chronovisor doctor`."""
