// SPDX-License-Identifier: Apache-2.0
// hcl.js FOLDER: the Packer files of one cluster, as the parser of HCL sees them.
'use strict';
const assert = require('assert');
const fs = require('fs');
const path = require('path');
const { parse } = require('@cdktf/hcl2json');

async function main(folder) {
  const files = {};
  for (const name of fs.readdirSync(folder).filter((n) => n.endsWith('.pkr.hcl')))
    files[name.replace('.pkr.hcl', '')] = await parse(name, fs.readFileSync(path.join(folder, name), 'utf8'));
  const common = files.common;
  const source = common.source['amazon-ebs'].windows[0];
  assert.equal(source.communicator, 'winrm');
  assert.equal(source.winrm_use_ssl, true);
  assert.equal(source.metadata_options[0].http_tokens, 'required');
  // The last script shuts the machine down when nothing of the making is left on it.
  assert.equal(source.disable_stop_instance, true);
  assert.equal(source.temporary_security_group_source_cidrs, '${var.access_from}');

  // Every variable without a default is given, and nothing else.
  const given = JSON.parse(fs.readFileSync(path.join(folder, 'cluster.auto.pkrvars.json'), 'utf8'));
  for (const [name, [variable]] of Object.entries(common.variable))
    assert.ok('default' in variable || name in given, `the variable ${name} has no value`);
  for (const name of Object.keys(given))
    assert.ok(name in common.variable, `there is no variable ${name}`);

  const roles = Object.keys(files).filter((name) => name !== 'common');
  assert.ok(roles.includes('head') && roles.includes('compute'));
  for (const role of roles) {
    const build = files[role].build[0];
    assert.equal(build.name, role);
    const node = build.source['source.amazon-ebs.windows'][0];
    assert.equal(node.tags['hpcwiz:role'], role);
    for (const key of Object.keys(node))
      assert.ok(!(key in source), `${role}: ${key} is set in the shared source already`);
    const scripts = build.provisioner.powershell.map((p) => path.basename(p.script));
    assert.equal(scripts[0], 'tools.ps1');
    assert.equal(scripts[scripts.length - 1], 'finish.ps1');
    assert.equal(build.provisioner.powershell.length, scripts.length);
    assert.equal(build.provisioner['windows-restart'].length, 1);
    assert.equal(scripts.includes('media.ps1'), role === 'head');
    for (const script of scripts)
      assert.ok(fs.existsSync(path.join(folder, 'scripts', script)), `${script} is missing`);
  }
  assert.doesNotMatch(JSON.stringify(files) + JSON.stringify(given), /password"|secret/i);
  console.log(`${roles.length} images`);
}

main(process.argv[2]).then(() => process.exit(0), (problem) => {
  console.log(problem.message);
  process.exit(1);
});
