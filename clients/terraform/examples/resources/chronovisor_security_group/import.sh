tofu import chronovisor_security_group.web shop/web
