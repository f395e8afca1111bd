print("diffuse-mpi")
