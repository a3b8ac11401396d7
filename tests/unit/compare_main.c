// SPDX-License-Identifier: BSD-3-Clause
/*
 * The kernels of one architecture, compared with the scalar ones without libraries or test
 * framework: what test_aarch64.sh cross-builds, since few machines that run the tests are aarch64.
 */
#include <stdio.h>

#include "lanes_compare.h"
#include "split_compare.h"

int main(void)
{
	const enum zipnn_isa isa = zipnn_isa_detect();
	char message[256];

	if (split_compare(zipnn_split_kernels(isa), message, sizeof(message)) != 0) {
		(void)printf("%s: split: %s\n", zipnn_isa_name(isa), message);
		return 1;
	}
	if (lanes_compare(zipnn_lanes_encode_kernel_for(isa), zipnn_lanes_decode_kernel_for(isa),
			  message, sizeof(message)) != 0) {
		(void)printf("%s: lanes: %s\n", zipnn_isa_name(isa), message);
		return 1;
	}
	(void)printf("%s: as scalar\n", zipnn_isa_name(isa));
	return 0;
}
