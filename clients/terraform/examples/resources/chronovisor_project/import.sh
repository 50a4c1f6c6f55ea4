tofu import chronovisor_project.shop shop
