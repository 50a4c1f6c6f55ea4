resource "chronovisor_project" "shop" {
  project_id   = "shop"
  display_name = "The shop"
  labels       = { cost-center = "4711" }
  quota = {
    vcpus      = 64
    memory_mib = 131072
  }
}
