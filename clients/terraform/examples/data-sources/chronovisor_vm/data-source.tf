data "chronovisor_vm" "web" {
  project = "shop"
  vm_id   = "web-1"
}

output "host_of_web" {
  value = data.chronovisor_vm.web.host
}
