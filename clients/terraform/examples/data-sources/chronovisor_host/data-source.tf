data "chronovisor_host" "node" {
  host_id = "node-1"
}
