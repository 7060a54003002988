// The composition root: the only file of the gateway that sees plugins.
#include "builtin.hpp"
#include "server/cli.hpp"

int main(int argc, char** argv) { return tollgate::run(argc, argv, tollgate::builtin_plugins()); }
