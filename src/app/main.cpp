#include "rollingdepth/app/application.hpp"

int main(int argc, char** argv) { return rollingdepth::run_application(argc, argv); }
