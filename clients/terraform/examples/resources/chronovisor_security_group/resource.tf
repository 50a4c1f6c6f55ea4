resource "chronovisor_security_group" "web" {
  project           = "shop"
  security_group_id = "web"
  rules = [
    { protocol = "TCP", first_port = 443 },
    { remote_group = "web", description = "each other" },
  ]
}

resource "chronovisor_security_group" "store" {
  project           = "shop"
  security_group_id = "store"
  rules = [
    { protocol = "TCP", first_port = 5432, remote_group = chronovisor_security_group.web.name },
  ]
}
