data "chronovisor_project" "default" {
  project_id = "default"
}
