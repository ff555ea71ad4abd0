// PostTraining
