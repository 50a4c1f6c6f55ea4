terraform {
  required_providers {
    chronovisor = {
      source = "chronovisor/chronovisor"
    }
  }
}

# Without servers: those of CHRONOVISOR_SERVER, or 127.0.0.1:7460.
provider "chronovisor" {
  actor  = "service:terraform"
  reason = "terraform apply by the platform team"
}
