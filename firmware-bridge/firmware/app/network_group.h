/* What the commands of group 64 share (docs/spec/board.md, 5). */
#ifndef LLN_APP_NETWORK_GROUP_H
#define LLN_APP_NETWORK_GROUP_H

#include "server.h"

enum lln_network_failure {
  NETWORK_NOT_THERE = 2,
  NETWORK_VECTOR_SIZE = 3,
  NETWORK_NOT_FINITE = 4,
  NETWORK_TOO_LONG = 5,
  NETWORK_NO_SESSION = 6,
  NETWORK_NO_PROFILE = 7,
  NETWORK_OUT_OF_ORDER = 9,
  NETWORK_NO_TRIAL = 10
};

#define LLN_NETWORK_FAIL(code) ((lln_failure)(LLN_OF_GROUP | (code)))

/* The slot that a request means: the live one without `field`. LLN_NO_SLOT if there is no network in it. */
uint8_t lln_network_slot(const lln_app *app, const lln_field *field);

lln_failure lln_network_info(lln_app *app, const lln_request *request, lln_cbor_writer *answer);
lln_failure lln_network_infer(lln_app *app, const lln_request *request, lln_cbor_writer *answer);
lln_failure lln_network_reset_sessions(lln_app *app, const lln_request *request, lln_cbor_writer *answer);
lln_failure lln_network_health(lln_app *app, const lln_request *request, lln_cbor_writer *answer);
lln_failure lln_network_verify(lln_app *app, const lln_request *request, lln_cbor_writer *answer);
lln_failure lln_network_profile(lln_app *app, const lln_request *request, lln_cbor_writer *answer);
lln_failure lln_network_log(lln_app *app, const lln_request *request, lln_cbor_writer *answer);
lln_failure lln_network_trial(lln_app *app, const lln_request *request, lln_cbor_writer *answer);

#endif
