tofu import chronovisor_host.node node-1
