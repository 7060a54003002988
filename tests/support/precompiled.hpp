// As gateway/cmake/precompiled.hpp, for the tests.
#pragma once

#include "../../gateway/cmake/precompiled.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <future>
