# SPDX-License-Identifier: Apache-2.0
# The image of the compute nodes: Windows Server and the tools of set-up.
source "amazon-ebs" "compute" {
  region               = var.region
  subnet_id            = var.subnet
  instance_type        = "m6i.large"
  iam_instance_profile = var.instance_profile
  ami_name             = "${var.cluster}-compute-${local.stamp}"
  ami_description      = "HPC Pack compute node, made for cluster ${var.cluster}"
  user_data_file       = "${path.root}/scripts/winrm.txt"
  communicator         = "winrm"
  winrm_username       = "Administrator"
  winrm_use_ssl        = true
  winrm_insecure       = true # the certificate is made on the machine minutes before
  winrm_timeout        = "20m"

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

  launch_block_device_mappings {
    device_name           = "/dev/sda1"
    volume_type           = "gp3"
    volume_size           = 100
    delete_on_termination = true
  }

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  tags = {
    Name             = "${var.cluster}-compute"
    "hpcwiz:cluster" = var.cluster
    "hpcwiz:role"    = "compute"
  }
}

build {
  name    = "compute"
  sources = ["source.amazon-ebs.compute"]

  provisioner "powershell" {
    environment_vars = ["HPCWIZ_MEDIA=", "HPCWIZ_REGION=${var.region}"]
    scripts = [
      "${path.root}/scripts/tools.ps1",
      "${path.root}/scripts/media.ps1",
    ]
  }

  provisioner "windows-restart" {}

  provisioner "powershell" {
    script = "${path.root}/scripts/finish.ps1"
  }
}
