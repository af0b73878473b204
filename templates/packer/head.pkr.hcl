# SPDX-License-Identifier: Apache-2.0
# The image of the head node: Windows Server, the tools of set-up and the HPC Pack media.
build {
  name = "head"

  source "source.amazon-ebs.windows" {
    name            = "head"
    instance_type   = "m6i.xlarge"
    ami_name        = "${var.cluster}-head-${local.stamp}"
    ami_description = "HPC Pack head node, made for cluster ${var.cluster}"

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
      Name             = "${var.cluster}-head"
      "hpcwiz:cluster" = var.cluster
      "hpcwiz:role"    = "head"
    }
  }

  provisioner "powershell" {
    environment_vars = local.tools
    script           = "${local.scripts}/tools.ps1"
  }

  # Without a profile that may read them the media come at the first boot of the node.
  provisioner "powershell" {
    environment_vars = ["HPCWIZ_MEDIA=${var.instance_profile == "" ? "" : var.media}", "HPCWIZ_REGION=${var.region}"]
    script           = "${local.scripts}/media.ps1"
  }

  provisioner "windows-restart" {}

  provisioner "powershell" {
    script = "${local.scripts}/finish.ps1"
  }
}
