tofu import chronovisor_network.web shop/web
