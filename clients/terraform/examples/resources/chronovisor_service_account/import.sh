tofu import chronovisor_service_account.ci shop/ci
