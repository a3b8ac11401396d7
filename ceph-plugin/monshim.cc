// SPDX-License-Identifier: BSD-3-Clause
/*
 * libceph_zipnn_monshim.so: LD_PRELOAD for ceph-mon and radosgw-admin, so that they accept the
 * name `zipnn`.
 *
 * Both check compressor names against a list that is fixed at compile time, and use the answer for
 * nothing but that check. For `zipnn` this answers what the real function answers for `none`:
 * whatever an optional looks like in this release, that is a valid one.
 */
#include <dlfcn.h>

#include <cstdint>
#include <cstdlib>
#include <string_view>

// ceph::Compressor::get_comp_alg_type(std::string_view); its optional<int> comes in a register.
#define GET_COMP_ALG_TYPE                                                                          \
	_ZN4ceph10Compressor17get_comp_alg_typeESt17basic_string_viewIcSt11char_traitsIcEE
#define TEXT(name) #name
#define NAME(name) TEXT(name)

extern "C" __attribute__((visibility("default"))) uint64_t GET_COMP_ALG_TYPE(std::string_view name)
{
	using Function = uint64_t(std::string_view);
	static auto *real = reinterpret_cast<Function *>(dlsym(RTLD_NEXT, NAME(GET_COMP_ALG_TYPE)));

	if (!real)
		abort(); // preloaded into a program that has no such function: nobody calls it
	return real(name == "zipnn" ? std::string_view("none") : name);
}
