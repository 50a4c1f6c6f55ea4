tofu import "chronovisor_vm.web[0]" shop/web-1
