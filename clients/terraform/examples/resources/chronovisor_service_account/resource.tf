resource "chronovisor_project" "shop" {
  project_id = "shop"
}

resource "chronovisor_service_account" "ci" {
  project            = chronovisor_project.shop.project_id
  service_account_id = "ci"
  display_name       = "Build pipeline"
}
