# SPDX-License-Identifier: BSD-3-Clause
# The libraries loaded by Ceph's own plugin registry, in a process that librados gives a CephContext, and
# that is called ceph-osd, radosgw or neither: no daemon and no cluster is needed.

find_library(ZIPNN_RADOS NAMES rados REQUIRED)
set(test_folder ${CMAKE_CURRENT_SOURCE_DIR}/../tests/unit)

# Variants that exist for tests alone: of another release, and with a kernel that miscomputes once (miscompute.c).
set(other_version FOLDER ${CMAKE_BINARY_DIR}/tests-plugin-other-version
	DEFINITIONS BUILT_FOR_VERSION="0.0.0")
zipnn_ceph_plugin(ceph_zipnn_other_version libceph_zipnn SOURCES ${codec_sources} ${other_version})
zipnn_ceph_plugin(ceph_zstd_slot_other_version libceph_zstd SOURCES ${slot_sources} ${other_version})
function(zipnn_miscomputing target original output_name kernel)
	string(TOUPPER ${kernel} name)
	zipnn_ceph_plugin(${target} ${output_name} SOURCES $<TARGET_OBJECTS:${original}> ${test_folder}/miscompute.c
		FOLDER ${CMAKE_BINARY_DIR}/tests-plugin-miscompute-${kernel} DEFINITIONS MISCOMPUTING=KERNEL_${name})
	target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/src)
	foreach(wrapped split_kernels lanes_encode_kernel_for lanes_decode_kernel_for chunk_crc_end)
		target_link_options(${target} PRIVATE -Wl,--wrap=zipnn_${wrapped})
	endforeach()
endfunction()
foreach(kernel split encode crc merge decode)
	zipnn_miscomputing(ceph_zipnn_${kernel} ceph_zipnn libceph_zipnn ${kernel})
endforeach()
foreach(kernel merge decode)
	zipnn_miscomputing(ceph_zstd_slot_${kernel} ceph_zstd_slot libceph_zstd ${kernel})
endforeach()

# test_plugin.cc under the names of its roles.
foreach(role ceph-osd radosgw tool)
	add_executable(test_plugin_${role}
		${test_folder}/test_plugin.cc ${test_folder}/test_plugin_codec.cc
		${test_folder}/test_plugin_memory.cc ${test_folder}/test_plugin_slot.cc
		${test_folder}/heap.c ${test_folder}/plugin_host.cc)
	set_target_properties(test_plugin_${role} PROPERTIES
		OUTPUT_NAME ${role} ENABLE_EXPORTS ON
		RUNTIME_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/roles)
	target_compile_options(test_plugin_${role} PRIVATE ${ZIPNN_WARNINGS})
	target_include_directories(test_plugin_${role} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
	target_include_directories(test_plugin_${role} SYSTEM PRIVATE ${ZIPNN_RADOS_INCLUDE})
	target_link_libraries(test_plugin_${role} PRIVATE
		zipnn_test_data ${ZIPNN_RADOS} ${ZIPNN_CEPH_COMMON} Threads::Threads)
	add_dependencies(test_plugin_${role} ceph_zipnn ceph_zstd_slot ceph_zipnn_other_version
		ceph_zstd_slot_other_version ceph_zipnn_encode)
	add_test(NAME plugin_${role} COMMAND test_plugin_${role}
		${CMAKE_BINARY_DIR} ${stock_plugin})
	set_tests_properties(plugin_${role} PROPERTIES LABELS "fast;threads" TIMEOUT 300)
endforeach()
