# SPDX-License-Identifier: Apache-2.0
# The image of the head node: Windows Server, the tools of set-up and the HPC Pack media.
build {
  name = "head"

  source "source.amazon-ebs.windows" {
    name            = "head"
    instance_type   = "m6i.xlarge"
    ami_name        = "${var.cluster}-head-${local.stamp}"
    ami_description = "HPC Pack head node, made for cluster ${var.cluster}"

    iam_instance_profile = var.instance_profile
    dynamic "temporary_iam_instance_profile_policy_document" {
      for_each = var.copy_media && var.instance_profile == "" ? [1] : []
      content {
        Version = "2012-10-17"
        Statement {
          Effect   = "Allow"
          Action   = ["s3:GetObject"]
          Resource = ["arn:${local.partition}:s3:::${local.media_folder}*"]
        }
        Statement {
          Effect   = "Allow"
          Action   = ["s3:ListBucket"]
          Resource = ["arn:${local.partition}:s3:::${local.media_bucket}"]
        }
      }
    }

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

  provisioner "powershell" {
    environment_vars = ["HPCWIZ_MEDIA=${var.copy_media ? var.media : ""}", "HPCWIZ_REGION=${var.region}"]
    script           = "${local.scripts}/media.ps1"
  }

  provisioner "windows-restart" {}

  provisioner "powershell" {
    script = "${local.scripts}/finish.ps1"
  }
}
