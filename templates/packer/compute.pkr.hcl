# SPDX-License-Identifier: Apache-2.0
# The image of the compute nodes: Windows Server and the tools of set-up.
build {
  name = "compute"

  source "source.amazon-ebs.windows" {
    name            = "compute"
    instance_type   = "m6i.large"
    ami_name        = "${var.cluster}-compute-${local.stamp}"
    ami_description = "HPC Pack compute node, made for cluster ${var.cluster}"

    source_ami_filter {
      owners      = ["amazon"]
      most_recent = true
      filters = {
        name                = var.windows_image
        architecture        = "x86_64"
        root-device-type    = "ebs"
        virtualization-type = "hvm"
      }
    }

    tags = {
      Name             = "${var.cluster}-compute"
      "hpcwiz:cluster" = var.cluster
      "hpcwiz:role"    = "compute"
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
