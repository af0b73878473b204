/* SPDX-License-Identifier: Apache-2.0 */
/* The forms of AWS on the wire: form-encoded parameters in, XML or JSON out. Described in the
 * Smithy documentation, "AWS query protocol", "AWS EC2 query protocol", "AWS JSON 1.1". */
#ifndef HW_SIM_WIRE_H
#define HW_SIM_WIRE_H

#include "sim/call.h"

/* "Filter.1.Name=vpc-id&Filter.1.Value.1=x" into {"Filter": [{"Name": .., "Value": [..]}]};
 * the word "member" between a list's name and its number is dropped. NULL: malformed. */
json_t *sim_form_parse(const char *text, size_t count);
/* "a=1&b" into {"a": "1", "b": ""}, percent-decoded. NULL: malformed. */
json_t *sim_query_parse(const char *text, size_t count);

/* The element <name>value</name>. Arrays repeat <word> inside (or the part of the name behind
 * '/': "HostedZones/HostedZone"); members that begin with '_' stay out. */
bool sim_xml_write(struct hw_buf *out, const char *name, const json_t *value, const char *word);

/* The whole body of an answer or an error, in the form of the call's service. */
bool sim_wire_answer(const struct sim_call *call, const char *request_id, struct hw_buf *out);
bool sim_wire_error(const struct sim_call *call, const char *request_id, struct hw_buf *out);
const char *sim_wire_type(const struct sim_call *call); /* Content-Type */

#endif
