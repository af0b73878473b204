# SPDX-License-Identifier: Apache-2.0
# What the three images share. In this folder:
#   packer init . && packer build -only='head.*' .
# Values come from cluster.auto.pkrvars.json, which Packer reads by itself.
packer {
  required_version = ">= 1.9.0"
  required_plugins {
    amazon = {
      version = ">= 1.2.0"
      source  = "github.com/hashicorp/amazon"
    }
  }
}

variable "cluster" {
  type        = string
  description = "Name of the cluster; prefix of the images' names."
}

variable "region" {
  type        = string
  description = "Region in which the images are made."
}

variable "subnet" {
  type        = string
  description = "Subnet of the instance that is imaged; it needs a way to the internet."
}

variable "media" {
  type        = string
  description = "Folder of the HPC Pack installation media, s3://bucket/folder/."
}

variable "access_from" {
  type        = list(string)
  description = "Address ranges from which Packer may reach the instance."
}

variable "copy_media" {
  type        = bool
  description = "Whether the head node's image has the media; otherwise its first boot fetches them."
  default     = true
}

variable "instance_profile" {
  type        = string
  description = "Instance profile that may read the media; empty: Packer makes one for the time."
  default     = ""
}

variable "windows_image" {
  type        = string
  description = "Name of the AWS image of Windows Server to begin with."
  default     = "Windows_Server-2022-English-Full-Base-*"
}

variable "sql_image" {
  type        = string
  description = "Name of the AWS image of Windows Server with SQL Server to begin with."
  default     = "Windows_Server-2022-English-Full-SQL_2022_Standard-*"
}

variable "chocolatey_installer" {
  type        = string
  description = "Address of Chocolatey's install script, as its documentation gives it; empty: none."
  default     = ""
}

variable "chocolatey_packages" {
  type        = list(string)
  description = "Chocolatey packages for all three images."
  default     = []
}

locals {
  stamp = formatdate("YYYYMMDDhhmm", timestamp())
  tools = [
    "HPCWIZ_CHOCOLATEY=${var.chocolatey_installer}",
    "HPCWIZ_PACKAGES=${join(" ", var.chocolatey_packages)}",
  ]
  scripts = "${path.root}/scripts"

  partition = substr(var.region, 0, 3) == "cn-" ? "aws-cn" : substr(var.region, 0, 7) == "us-gov-" ? "aws-us-gov" : "aws"

  # What a profile that Packer makes may read: the objects bucket/folder/*.
  media_bucket = split("/", var.media)[2]
  media_folder = trimprefix(var.media, "s3://")
}

source "amazon-ebs" "windows" {
  region               = var.region
  subnet_id            = var.subnet
  user_data_file       = "${path.root}/scripts/winrm.txt"
  communicator         = "winrm"
  winrm_username       = "Administrator"
  winrm_use_ssl        = true
  winrm_insecure       = true # the certificate is made on the machine minutes before
  winrm_timeout        = "20m"

  temporary_security_group_source_cidrs = var.access_from

  # finish.ps1 shuts it down.
  disable_stop_instance = true
  aws_polling {
    delay_seconds = 15
    max_attempts  = 120
  }

  launch_block_device_mappings {
    device_name           = "/dev/sda1"
    volume_type           = "gp3"
    iops                  = 3000
    throughput            = 125
    volume_size           = 100
    delete_on_termination = true
  }

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }
}
