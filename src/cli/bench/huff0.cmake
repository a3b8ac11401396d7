# SPDX-License-Identifier: BSD-3-Clause
# The codec huff0-planes of zipnn bench calls functions that libzstd.so hides and libzstd.a has, and
# declares them itself (huff0.h). Sets ZIPNN_NO_HUFF0 to the reason where that cannot be done.
set(ZIPNN_NO_HUFF0 "")
set(huff0_versions 1.5.4 1.5.5 1.5.6 1.5.7) # those whose huf.h was compared with huff0.h
pkg_get_variable(ZSTD_LIBDIR libzstd libdir)
find_library(ZSTD_STATIC_LIBRARY libzstd.a HINTS ${ZSTD_LIBDIR})
if(NOT ZSTD_VERSION IN_LIST huff0_versions)
	set(ZIPNN_NO_HUFF0 "libzstd ${ZSTD_VERSION} is not one of ${huff0_versions}, whose huff0 is known")
elseif(NOT ZSTD_STATIC_LIBRARY)
	set(ZIPNN_NO_HUFF0 "there is no libzstd.a")
else()
	include(CheckCSourceCompiles)
	set(CMAKE_REQUIRED_LIBRARIES ${ZSTD_STATIC_LIBRARY})
	check_c_source_compiles("
		int HUF_compress4X_repeat(void);
		int HUF_decompress4X_hufOnly_wksp(void);
		int main(void) { return HUF_compress4X_repeat() + HUF_decompress4X_hufOnly_wksp(); }"
		ZIPNN_ZSTD_HAS_HUFF0)
	unset(CMAKE_REQUIRED_LIBRARIES)
	if(NOT ZIPNN_ZSTD_HAS_HUFF0)
		set(ZIPNN_NO_HUFF0 "libzstd.a lacks the functions of huff0")
	endif()
endif()
