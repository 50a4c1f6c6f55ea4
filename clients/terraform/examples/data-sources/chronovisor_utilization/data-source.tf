data "chronovisor_utilization" "fleet" {
  scope = "fleet"
}

output "free_vcpus" {
  value = data.chronovisor_utilization.fleet.free["vcpus"]
}
