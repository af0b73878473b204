# SPDX-License-Identifier: Apache-2.0
# The image of the SQL Server node: Windows Server with SQL Server and the tools of set-up.
build {
  name = "sql"

  source "source.amazon-ebs.windows" {
    name            = "sql"
    instance_type   = "m6i.xlarge"
    ami_name        = "${var.cluster}-sql-${local.stamp}"
    ami_description = "HPC Pack SQL Server node, made for cluster ${var.cluster}"

    source_ami_filter {
      owners      = ["amazon"]
      most_recent = true
      filters = {
        name                = var.sql_image
        architecture        = "x86_64"
        root-device-type    = "ebs"
        virtualization-type = "hvm"
      }
    }

    tags = {
      Name             = "${var.cluster}-sql"
      "hpcwiz:cluster" = var.cluster
      "hpcwiz:role"    = "sql"
    }
  }

  provisioner "powershell" {
    environment_vars = local.tools
    script           = "${local.scripts}/tools.ps1"
  }

  provisioner "windows-restart" {}

  provisioner "powershell" {
    script = "${local.scripts}/finish.ps1"
  }
}
